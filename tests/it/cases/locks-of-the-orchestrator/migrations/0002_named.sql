DO RELEASE_LOCK('Caribou.files.shop_orchestration');
