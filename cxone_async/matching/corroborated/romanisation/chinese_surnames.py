"""Chinese family names: their readings as names, and what people abroad write for them.

Everyday knowledge, written down for this project: how the names are read where the character is
read otherwise elsewhere (单 Shan, 曾 Zeng), and the usual spellings in Hong Kong (Cantonese),
Singapore, Malaysia and the Philippines (Hokkien, Teochew, Hakka), and Taiwan and Korea, beside
those that Wade-Giles gives by rule.
"""

_READINGS = """
单 shan|曾 zeng|沈 shen|解 xie|仇 qiu|区 ou|查 zha|任 ren|华 hua|盖 ge|翟 zhai|覃 qin|乐 yue|朴 piao
缪 miao|纪 ji|贾 jia|石 shi|长 zhang|朝 chao|重 chong|折 she|黑 he|秘 bi|种 chong|员 yun|那 na
洗 xian|冼 xian|尹 yin|葛 ge|万 wan|宓 mi|么 yao|哈 ha|召 shao|令 ling|繁 po|逄 pang|佴 nai
尉迟 yuchi|万俟 moqi|长孙 zhangsun|单于 chanyu|澹台 tantai|宰父 zaifu|欧阳 ouyang|司马 sima
上官 shangguan|诸葛 zhuge|夏侯 xiahou|皇甫 huangfu|慕容 murong|司徒 situ|东方 dongfang
令狐 linghu|宇文 yuwen|公孙 gongsun|轩辕 xuanyuan|端木 duanmu|独孤 dugu|南宫 nangong
"""

_SPELLINGS = """
陈 chan tan chin chen tang|林 lam lim lin|黄 wong ng huang ooi wee uy oei bong
李 lee li lei lie ly yi rhee|张 cheung chang teo cheong chong zhang tio teoh tjong
王 wong ong heng wang bong|吴 ng goh go wu gouw ngo|刘 lau low liu lao liew lew
蔡 choi chua tsai choy chye chai tjoa choa cua|杨 yeung yeo yong young yang ieong njoo
周 chow chew chau chiu jhou chou joe|郑 cheng tay teh chung the tee tjeng tan
许 hui koh hsu khaw ko khor shu hee kho|谢 tse chia cheah tze hsieh tjia sia che sie
郭 kwok kuok quek kuo kwek koay kok kwee que|梁 leung neo leong liang niu loong nio
罗 law lo loh lor low|叶 yip yap ip yeh iap|冯 fung pang foong feng|邓 tang teng dang
何 ho hoe hor|洪 hung ang hong|曾 tsang chan tseng chang tjan|廖 liu liew leow liau liao
徐 chui tsui hsu chee swee cher choy|朱 chu choo chue|胡 wu oh foo hu woo aw|高 ko kao kou
余 yu yee eu yue ee|潘 poon phua pan pun poan|苏 so soh su soo saw|卢 lo loo lu lou
沈 shum sim shen sum sam sem|方 fong png hong pung pui|关 kwan kuan quan|温 wan woon boon oon
邱 yau khoo chiu hew kho kew koo khu|丘 yau khoo chiu hew kho khu|江 kong kang chiang kung
赵 chiu chio chao tio jiu teo|孙 suen sng soon sun son|马 ma mah beh be mar|唐 tong tng teng tang
钱 chin chee tsin|姚 yiu yeow yao yeoh|石 shek chioh shih seck|袁 yuen wan wen yuan
游 yau yew yu yoo|简 kan kaan kan chien|钟 chung cheong chong choong cheng tjong|莫 mok moh mo
白 pak peh pai bak pek|范 fan huan hwang fam|颜 ngan gan yan yen|尹 wan yin yun
司徒 szeto seeto soohoo|欧阳 auyeung owyang auyong ouyoung oyang aoyang|欧 au ow ou|区 au ow
黎 lai le loy lye|翁 yung ong eng ang yong weng|贺 ho hoh|龚 kung kiong kong keng|文 man boon
甘 kam kan|伍 ng goh wu eng|麦 mak mai bek mark|严 yim giam ngiam yen|施 sze see si shi sie shih
庄 chong chng chuang chng chung tng|连 lin lien lean|柯 o kua kwa ko or kuah quah ke
傅 fu poh pu foo|詹 chim chiam chan jim|金 kim kam king gim|崔 tsui chui choi|韩 hon han
夏 ha hsia har|宋 sung song soong|董 tung tong tang|程 ching cheng thia ting|田 tin chan tien
丁 ting teng ding|魏 ngai wei gwee goei|蒋 cheung chiang chioh tsiang|汪 wong ong wang
戴 tai te tay tye|陆 luk lu look loke loh|熊 hung him hsiung|孔 hung khong kung kong
毛 mo mao moo|霍 fok huo|侯 hau hou how kow|熊 hung|倪 ngai ni gay|骆 lok loke lock
龙 lung leng loong|雷 lui louis looi loi|阮 yuen nguyen wan yuan|聂 nip nie neoh
武 mo vu mou|段 tuen twan tuan|季 kwai kwee chi|祝 chuk choo|凌 ling leng|柳 lau ryu yoo liu
辛 sun san shin|吕 lui leu lu loo lee lyu|涂 to tow tu twu|康 hong kang khng|易 yik yick yi
纪 kei kee chi kay|邵 shiu siu shao siow|盛 shing seng|尤 yau yew|安 on ahn an|杜 to toh du doo tu
顾 koo ku goo|蓝 lam nam lan nah|巫 mo boo wu moo|符 foo hu fu|卓 cheuk toh cho doc chok
池 chi tee chee|赖 lai luar nai loi|彭 pang phe phang peng|汤 tong thng tang teng
萧 siu seow hsiao siew|肖 siu seow siew|姜 keung kang chiang geung|鲁 lo loo lu|韦 wai wei|姬 kei
薛 sit see hsueh sih
古 koo ku|官 koon kuan|容 yung yong|朴 pak park bak|全 chuen jeon|池 chi|梅 mui mei moy bui
"""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(dict.fromkeys(forms))
        for name, *forms in map(str.split, text.strip().replace("|", "\n").splitlines())
    }


READINGS = {name: forms[0] for name, forms in _table(_READINGS).items()}
"""How simplified characters are read, in pinyin, as a family name."""

SPELLINGS = _table(_SPELLINGS)
"""What people write for a family name in simplified characters, beside pinyin."""
